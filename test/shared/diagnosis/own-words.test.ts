import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isOwnWord } from '../../../shared/diagnosis/reading/own-words.ts';
import { replyText } from '../../../shared/ftp/reply.ts';
import { GATEWAY_REPLIES } from '../../../shared/gateway/replies.ts';
import { TLS_REPLIES } from '../../../shared/gateway/tls-replies.ts';

/** Replies of the gateway that no event calls a refusal. */
const OWN = [
  GATEWAY_REPLIES.transferBroken('why'),
  GATEWAY_REPLIES.noDataConnection('no data connection came to port 50017'),
  GATEWAY_REPLIES.clientUnreachable("Can't open data connection to 198.51.100.7 port 1", 'any'),
  GATEWAY_REPLIES.noPassivePort('why'),
  GATEWAY_REPLIES.badServerPassive('what'),
  GATEWAY_REPLIES.deadServerPort('why'),
  GATEWAY_REPLIES.agentCannotListen('why'),
  GATEWAY_REPLIES.strayDataPort(),
  TLS_REPLIES.dataTlsFailed('why'),
  TLS_REPLIES.notResumed(),
];

suite("the gateway's own words", () => {
  for (const reply of OWN) {
    test(`are not taken for the server's: ${reply.code} ${replyText(reply)}`, () => {
      assert.ok(isOwnWord(replyText(reply)));
    });
  }

  test("a server's are not taken for them", () => {
    for (const text of ['Permission denied.', 'Failed to establish connection.', '']) {
      assert.equal(isOwnWord(text), false);
    }
  });
});
