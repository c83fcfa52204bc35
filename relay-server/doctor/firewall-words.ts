/** How a port or a range of them is opened, in one sentence for the usual firewalls. */
export function openInFirewall(from: number, to: number): string {
  const ufw = from === to ? `${from}/tcp` : `${from}:${to}/tcp`;
  const range = from === to ? `${from}` : `${from}-${to}`;
  return (
    `Let TCP ${from === to ? 'port' : 'ports'} ${range} in, in the relay's own firewall ` +
    `(\`ufw allow ${ufw}\`, or \`nft add rule inet filter input tcp dport ${range} accept\`), ` +
    'in the security group of a cloud, and in a router in front of it.'
  );
}

/** Ports as people write them: `50000-50003, 50007`. */
export function portRanges(ports: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const port of ports.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
