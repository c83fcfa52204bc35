import { createTransport } from 'nodemailer';
import { ALERT_LIMITS } from '../watch-limits.ts';
import { formatMoment } from '../../shared/time.ts';
import type { Attempt, Message } from './channel.ts';

export interface MailTarget {
  /** `smtp:` or `smtps:`, with user and password if the server wants them. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Sends an alert by mail. Certificates are verified. With `smtp:` TLS begins where the server offers it, and must
 * where a password is sent. Never rejects.
 * @param relayName for the subject and the text
 */
export async function sendMail(
  target: MailTarget,
  message: Message,
  relayName: string,
): Promise<Attempt> {
  const transport = createTransport(serverOf(target.url));
  try {
    const { response } = await transport.sendMail({
      from: target.from,
      to: [...target.to],
      subject: subjectOf(message),
      text: textOf(message, relayName),
      messageId: `<${message.id}@${relayName}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return { is: 'delivered', detail: response.slice(0, ALERT_LIMITS.detail) };
  } catch (error) {
    return { is: isFinal(error) ? 'refused' : 'failed', detail: reason(error) };
  } finally {
    transport.close();
  }
}

function serverOf(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const user = decodeURIComponent(username);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && user !== '',
    tls: { rejectUnauthorized: true },
    connectionTimeout: ALERT_LIMITS.mailStep,
    greetingTimeout: ALERT_LIMITS.mailStep,
    socketTimeout: ALERT_LIMITS.mailStep,
    dnsTimeout: ALERT_LIMITS.mailStep,
    ...(user !== '' && { auth: { user, pass: decodeURIComponent(password) } }),
  };
}

/** `[Gangway] shop: agent offline`. */
export function subjectOf({ tunnel, kind, state }: Message): string {
  const what = kind.replaceAll('-', ' ');
  const over = state === 'resolved' && kind !== 'agent-online' ? ' (over)' : '';
  return `[Gangway] ${tunnel ?? 'relay'}: ${what}${over}`;
}

function textOf({ text, remedy, since, at }: Message, relayName: string): string {
  const lines = [text, ...(remedy === '' ? [] : ['', remedy])];
  return [
    ...lines,
    '',
    `Since ${formatMoment(since)}; told at ${formatMoment(at)}.`,
    `Relay ${relayName}`,
    '',
  ].join('\n');
}

/** A server that says 5xx says it again; but a login may be wrong for a while only. */
function isFinal(error: unknown): boolean {
  const { responseCode = 0, code = '' } = error as { responseCode?: number; code?: string };
  return responseCode >= 500 && code !== 'EAUTH';
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, ALERT_LIMITS.detail);
}
