import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mustWithin } from './namespaces.ts';
import { WITNESS } from './topology.ts';
import type { Laboratory, Place } from './topology.ts';

/**
 * A public machine that tells what of a client's line arrives, on both tunnels' ports, and dials back to
 * the port in it. It shows that the routers do what the table takes for granted, without Gangway.
 */
const WITNESS_PROGRAM = `
import re, socket, sys, threading

def dial(line):
    numbers = [int(n) for n in re.findall(r'\\d+', line)]
    if line.startswith('PORT'):
        address = '.'.join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]
    else:
        address = '.'.join(map(str, numbers[1:5])), numbers[5]
    try:
        socket.create_connection(address, 2).close()
        return 'reached'
    except OSError:
        return 'not reached'

def serve(conn):
    lines = conn.makefile()
    lines.readline()
    conn.sendall(b'331 Password, please.\\r\\n')
    line = lines.readline().strip()
    answer = '200 I am here.' if line == 'NOOP' else line + ': ' + dial(line)
    conn.sendall((answer + '\\r\\n').encode())
    conn.close()

def accept(server):
    while True:
        threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

for server in [socket.create_server((sys.argv[1], int(port))) for port in sys.argv[2:]]:
    threading.Thread(target=accept, args=(server,)).start()
print('listening', flush=True)
`;

/** Sends one PORT or EPRT with the machine's own address. The FTP helper looks at no connection's first line. */
const TELL_PROGRAM = `
import socket, sys
host, port, verb = sys.argv[1], int(sys.argv[2]), sys.argv[3]
control = socket.create_connection((host, port), 5)
replies = control.makefile()
control.sendall(b'USER nobody\\r\\n')
replies.readline()
own = control.getsockname()[0]
data = socket.create_server((own, 0))
at = data.getsockname()[1]
if verb == 'PORT':
    line = 'PORT ' + ','.join(own.split('.') + [str(at // 256), str(at % 256)])
else:
    line = 'EPRT |1|%s|%d|' % (own, at)
control.sendall((line + '\\r\\n').encode())
print(replies.readline().strip())
`;

/** Leaves a connection without a word for some seconds and then says one; tells whether it was heard. */
const SILENT_PROGRAM = `
import socket, sys, time
host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
control = socket.create_connection((host, port), 5)
replies = control.makefile()
control.sendall(b'USER nobody\\r\\n')
replies.readline()
time.sleep(seconds)
control.settimeout(2)
try:
    control.sendall(b'NOOP\\r\\n')
    print('heard' if replies.readline() != '' else 'closed')
except OSError:
    print('forgotten')
`;
const PYTHON = '/usr/bin/python3';

/** Starts the witness; resolves when it listens. It ends with the laboratory. */
export async function startWitness(lab: Laboratory, ports: readonly number[]): Promise<void> {
  const [command = 'ip', ...rest] = lab.within('net');
  const args = [...rest, PYTHON, '-c', WITNESS_PROGRAM, WITNESS, ...ports.map(String)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.unref();
  child.stdout.destroy();
}

/** The line that arrives when a client at that place sends PORT or EPRT, and whether it was reached. */
export async function whatArrives(
  lab: Laboratory,
  place: Place,
  port: number,
  verb: 'PORT' | 'EPRT',
): Promise<string> {
  const args = [PYTHON, '-c', TELL_PROGRAM, WITNESS, String(port), verb];
  return (await mustWithin(lab.within(place), args)).trim();
}

/** Whether a connection from that place is still known after `seconds` without keepalive: `heard` or `forgotten`. */
export async function afterSilence(
  lab: Laboratory,
  place: Place,
  port: number,
  seconds: number,
): Promise<string> {
  const args = [PYTHON, '-c', SILENT_PROGRAM, WITNESS, String(port), String(seconds)];
  return (await mustWithin(lab.within(place), args)).trim();
}
