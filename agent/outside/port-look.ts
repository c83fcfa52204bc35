import { connect } from 'node:net';
import { systemCode } from '../../shared/errors.ts';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import type { PortSeen } from '../../shared/proto/probes.ts';

/** How long to wait for what is said on an open port, and how much of it to keep. */
export interface Listening {
  /** Milliseconds. */
  readonly within: number;
  readonly characters: number;
}

/** Connects to a port, sends nothing, and says what came of it. Never rejects. */
export function lookAtPort(host: string, port: number, listening: Listening): Promise<PortSeen> {
  const started = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let said = '';
    let opened: number | undefined;
    const timer = setTimeout(() => over('timeout'), PROBE_LIMITS.connect);
    const over = (failed: PortSeen['outcome']): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      const outcome = opened === undefined ? failed : 'open';
      const ms = Math.round((opened ?? performance.now()) - started);
      const text = printable(said).slice(0, listening.characters);
      resolve({ port, outcome, ms, ...(text !== '' && { said: text }) });
    };
    socket.on('connect', () => {
      opened = performance.now();
      clearTimeout(timer);
      socket.setTimeout(listening.within, () => over('open'));
    });
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      if (said.includes('\n') || said.length >= listening.characters) over('open');
    });
    socket.on('end', () => over('open'));
    socket.on('error', (error) => over(OUTCOMES[systemCode(error) ?? ''] ?? 'unreachable'));
  });
}

const OUTCOMES: Readonly<Record<string, PortSeen['outcome']>> = {
  ECONNREFUSED: 'refused',
  // A refusal is another: this one was accepted, and reset before anybody looked.
  ECONNRESET: 'open',
  ETIMEDOUT: 'timeout',
};

/** The first line, in characters that do no harm in a log. */
function printable(text: string): string {
  const [line = ''] = text.split(/[\r\n]/, 1);
  return line.replaceAll(/[^\x20-\x7e]/g, '?');
}
