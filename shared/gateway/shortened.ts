import { GATEWAY_LIMITS } from '../limits.ts';

/** The beginning of a text of the server's, for events: whoever keeps many of them must not keep banners. */
export function shortened(text: string): string {
  return text.slice(0, GATEWAY_LIMITS.eventText);
}
