import { linkSuite } from '../../support/link-suite.ts';
import { runningMemoryCarriers } from '../../support/memory-carrier.ts';
import { tcpCarriers } from '../../support/tcp-carrier.ts';

linkSuite('memory', async () => runningMemoryCarriers());
linkSuite('memory in pieces of 1, 2, 3 … bytes', async () => {
  let size = 0;
  return runningMemoryCarriers((available) =>
    available > 4096 ? 40_009 : (size = (size % 23) + 1),
  );
});
linkSuite('TCP', () => tcpCarriers());
