/** Opens a store, says `open`, waits for a line, redeems a code and says how it went: `node … DIR CODE`. */
import { once } from 'node:events';
import { openSqliteStore } from '../../../relay-server/store/sqlite.ts';

const [dataDir = '', code = ''] = process.argv.slice(2);
const store = await openSqliteStore({ dataDir });
process.stdout.write('open\n');
await once(process.stdin, 'data');
const result = await store.codes.redeem(code, { name: 'a', version: '1' });
process.stdout.write(`${result.ok ? 'redeemed' : result.reason}\n`);
await store.close();
process.stdin.destroy();
