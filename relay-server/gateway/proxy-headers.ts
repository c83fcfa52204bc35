import type { TunnelPolicy } from '../policy.ts';
import { formatProxyHeader } from '../proxy-protocol/header.ts';
import type { Arrival } from './arrivals.ts';
import type { LinkServerSideOptions } from './link-server-side.ts';

/** The PROXY headers of one session's connections to its server. What is agreed holds for all of them. */
export function proxyHeaders(
  { proxyProtocol, proxyProtocolData }: TunnelPolicy,
  { client, reached }: Pick<Arrival, 'client' | 'reached'>,
): LinkServerSideOptions['proxyHeader'] {
  return (connection) => {
    if (proxyProtocol === 'off' || (connection === 'data' && !proxyProtocolData)) return undefined;
    return formatProxyHeader(proxyProtocol, { source: client, destination: reached });
  };
}
