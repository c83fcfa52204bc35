#!/usr/bin/env node
'use strict';
// The published command. Runs on any Node and hands over to the pinned one: npm scripts get it through
// PATH, but a global install, systemd or a plain shell would run this with the machine's own.
const { spawn } = require('node:child_process');
const { join } = require('node:path');

const WANTED_MAJOR = 24;
const isAgent = process.argv[2] === 'agent';
const main = join(__dirname, '../..', isAgent ? 'agent/main.ts' : 'relay-server/main.ts');
const args = process.argv.slice(isAgent ? 3 : 2);

function pinnedNode() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${os}-${process.arch}`;
  try {
    const folder = join(require.resolve(`${name}/package.json`), '..');
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    throw new Error(
      `gangway: needs Node ${WANTED_MAJOR} or newer, this is ${process.version}, and ${name}, which ` +
        'brings it, is not installed; run npm ci again without --omit=optional',
    );
  }
}

if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) {
  require('node:module').enableCompileCache?.();
  process.argv.splice(1, process.argv.length, main, ...args);
  void import(require('node:url').pathToFileURL(main).href);
} else {
  const child = spawn(pinnedNode(), [__filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
