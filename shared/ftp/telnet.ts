const SE = 0xf0;
const DM = 0xf2;
const IP = 0xf4;
const SB = 0xfa;
const WILL = 0xfb;
const DONT = 0xfe;
const IAC = 0xff;

/**
 * Where the filter is in a Telnet sequence (RFC 854).
 * - `data`: outside of one.
 * - `command`: after IAC; the next byte says what it is.
 * - `option`: after IAC WILL, WONT, DO or DONT; the next byte is the option.
 * - `interrupted`: after IAC IP; see {@link TelnetFilter.accept}.
 * - `subnegotiation`: after IAC SB, until IAC SE.
 * - `subnegotiation-command`: after IAC within a subnegotiation.
 */
type TelnetState =
  | 'data'
  | 'command'
  | 'option'
  | 'interrupted'
  | 'subnegotiation'
  | 'subnegotiation-command';

/** What becomes of a byte: it is data, it belongs to Telnet, or it is lost in a subnegotiation. */
export type TelnetVerdict = 'data' | 'telnet' | 'discarded';

/**
 * Takes Telnet out of a control connection byte by byte (RFC 959 §3.1.1.5.2: the control connection
 * is a Telnet connection; RFC 1123 §4.1.2.12: options must not disturb). No option is ever agreed to.
 */
export class TelnetFilter {
  #state: TelnetState = 'data';

  /**
   * Judges one byte. IAC IAC is a data byte 255.
   *
   * A client marks ABOR by IAC IP IAC DM with one byte of it sent as TCP urgent data, and that byte
   * is lost on the way to most programs. So two broken forms are understood: an IAC that no Telnet
   * command follows is dropped and the byte after it is data (`IAC IP IAC ABOR`), and after IAC IP
   * a lone DM is dropped (`IAC IP DM ABOR`).
   */
  accept(byte: number): TelnetVerdict {
    switch (this.#state) {
      case 'data':
        return this.#data(byte);
      case 'command':
        return this.#command(byte);
      case 'option':
        this.#state = 'data';
        return 'telnet';
      case 'interrupted':
        this.#state = 'data';
        return byte === DM ? 'telnet' : this.#data(byte);
      case 'subnegotiation':
        if (byte === IAC) this.#state = 'subnegotiation-command';
        return 'discarded';
      case 'subnegotiation-command':
        break;
    }
    this.#state = byte === SE ? 'data' : 'subnegotiation';
    return 'discarded';
  }

  #data(byte: number): TelnetVerdict {
    if (byte !== IAC) return 'data';
    this.#state = 'command';
    return 'telnet';
  }

  #command(byte: number): TelnetVerdict {
    this.#state = stateAfterCommand(byte);
    return byte === IAC || byte < SE ? 'data' : 'telnet';
  }
}

function stateAfterCommand(byte: number): TelnetState {
  if (byte === IAC || byte < SE) return 'data';
  if (byte >= WILL && byte <= DONT) return 'option';
  if (byte === SB) return 'subnegotiation';
  return byte === IP ? 'interrupted' : 'data';
}

/** Doubles every byte 255, so that a Telnet receiver reads it as data (RFC 854). */
export function escapeTelnet(bytes: Buffer): Buffer {
  if (!bytes.includes(IAC)) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\xff', '\xff\xff'), 'latin1');
}
