/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** Open sockets and all handles of this process, for leak checks. */
export function processCounts(): { channels: number; handles: number } {
  const resources = process.getActiveResourcesInfo();
  return {
    channels: resources.filter((name) => name === 'TCPSocketWrap').length,
    handles: resources.length,
  };
}
