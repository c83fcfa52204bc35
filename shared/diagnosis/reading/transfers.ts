import type { SessionEvent } from '../../gateway/events.ts';
import type { SessionRecord } from '../record.ts';
import type { Exchange } from './exchanges.ts';

type Ended = Extract<SessionEvent, { type: 'transfer-ended' }>;

/** A transfer that is over, with what was said of it. */
export interface TransferRead extends Omit<Ended, 'type'> {
  /** When it ended. */
  readonly at: number;
  /** How the client's data connection was to come about, as it was agreed on last. */
  readonly mode: 'passive' | 'active' | undefined;
  /** How the server's was. */
  readonly serverWay: string | undefined;
  /** The whole file's bytes, where the server has said it. */
  readonly size: number | undefined;
  /** What the server said when it refused it or broke it off; empty if it said nothing. */
  readonly said: string;
}

type Open = { -readonly [K in keyof TransferRead]: TransferRead[K] };

/** Collects the transfers of a visit. */
export function readTransfers(
  { events }: SessionRecord,
  exchanges: readonly Exchange[],
): TransferRead[] {
  const transfers: Open[] = [];
  const sizes = new Map<string, number>();
  let mode: TransferRead['mode'];
  let serverWay: string | undefined;
  for (const { at, event } of events) {
    if (event.type === 'passive-offered' || event.type === 'active-offered') {
      mode = event.type === 'passive-offered' ? 'passive' : 'active';
      serverWay = event.serverWay;
    } else if (event.type === 'size') {
      sizes.set(event.name, event.bytes);
    } else if (event.type === 'transfer-started' && event.size !== undefined) {
      sizes.set(event.name, event.size);
    } else if (event.type === 'transfer-ended') {
      const { type: _, ...facts } = event;
      const size = sizes.get(event.name);
      transfers.push({ ...facts, at, mode, serverWay, size, said: '' });
    }
  }
  for (const { verb, answer } of exchanges) {
    if (answer === undefined || answer.by === 'gateway' || answer.text === '') continue;
    // The reply is told right after the transfer's end, and never before it.
    const of = transfers.find(
      (one) =>
        one.verb === verb && one.code === answer.code && one.at <= answer.at && one.said === '',
    );
    if (of !== undefined) of.said = answer.text;
  }
  return transfers;
}
