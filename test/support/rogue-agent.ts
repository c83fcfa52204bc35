/** An agent with a real credential that sends what it likes. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { FrameDecoder } from '../../shared/mux/codec.ts';
import { FRAME } from '../../shared/mux/frame.ts';
import { MUX_LIMITS } from '../../shared/limits.ts';
import {
  ENROL_PATH,
  LINK_PATH,
  SUBPROTOCOL,
  type EnrolResponse,
} from '../../shared/proto/handshake.ts';
import { soon } from './watched-socket.ts';

/** How the relay ended the link. */
export interface Dismissal {
  /** WebSocket close code. */
  code: number;
  /** GOAWAY's code and reason, if there was one. */
  goAway: { code: number; reason: string } | undefined;
  /** RESET frames that came before. */
  resets: number;
}

/** Turns an enrolment code into a credential. */
export async function enrol(relayUrl: string, code: string): Promise<EnrolResponse> {
  const answer = await fetch(`${relayUrl}${ENROL_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name: 'rogue', version: '0.0.0' }),
  });
  if (!answer.ok) throw new Error(`enrolment: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as EnrolResponse;
}

export class RogueAgent {
  readonly ws: WebSocket;
  readonly dismissed: Promise<Dismissal>;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    let goAway: Dismissal['goAway'];
    let resets = 0;
    const decoder = new FrameDecoder(
      {
        frame: (header, payload) => {
          if (header.type === FRAME.reset) resets += 1;
          if (header.type !== FRAME.goAway) return;
          goAway = { code: header.offset, reason: Buffer.from(payload).toString() };
        },
        data: () => {},
      },
      MUX_LIMITS,
    );
    ws.on('message', (bytes: Buffer) => decoder.push(bytes));
    ws.on('error', () => {});
    this.dismissed = once(ws, 'close').then(([code]) => ({ code: Number(code), goAway, resets }));
  }

  /** Connects with a credential. @throws Error when the relay refuses the upgrade */
  static async connect(relayUrl: string, credential: string): Promise<RogueAgent> {
    const url = `${relayUrl.replace(/^http/, 'ws')}${LINK_PATH}`;
    const headers = { authorization: `Bearer ${credential}` };
    const ws = new WebSocket(url, [SUBPROTOCOL], { headers, perMessageDeflate: false });
    const rogue = new RogueAgent(ws);
    await once(ws, 'open');
    return rogue;
  }

  /** The end of the link. @throws Error when the relay does not end it in time */
  end(): Promise<Dismissal> {
    return soon(this.dismissed, 'the relay ending the link').finally(() => this.ws.terminate());
  }
}
