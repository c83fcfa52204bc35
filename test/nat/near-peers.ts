/** An FTP server and a client in its network that do what real ones seldom do. */

/** Port of the server. */
export const PEER_PORT = 2100;

/**
 * In active mode it agrees to everything, connects half a second later for uploads, and else never. With a file of
 * a certificate and its key as third argument it speaks TLS, after AUTH and on data connections.
 */
export const SERVER_PROGRAM = `
import socket, ssl, sys, threading, time
host, port = sys.argv[1], int(sys.argv[2])
context = None
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])

def secure(connection):
    return context.wrap_socket(connection, server_side=True) if context else connection

def download(control, data, name):
    while name == 'endless':
        data.sendall(b'x' * 65536)
        time.sleep(0.05)
    data.sendall(b'x' * 8000000)
    if context:
        data = data.unwrap()
    data.shutdown(socket.SHUT_WR)
    while data.recv(65536):
        pass
    data.close()

def upload(data):
    count = 0
    while chunk := data.recv(65536):
        count += len(chunk)
    data.close()
    return count

def serve(control):
    def say(line):
        control.sendall((line + '\\r\\n').encode())
    say('220 ready')
    passive = target = None
    lines = control.makefile('rb')
    while True:
        line = lines.readline()
        if not line:
            break
        verb, _, argument = line.decode().strip().partition(' ')
        if verb == 'AUTH':
            say('234 go ahead')
            control = secure(control)
            lines = control.makefile('rb')
        elif verb == 'EPSV':
            passive = socket.create_server((host, 0))
            say('229 ok (|||%d|)' % passive.getsockname()[1])
        elif verb == 'PORT':
            numbers = argument.split(',')
            target = '.'.join(numbers[:4]), int(numbers[4]) * 256 + int(numbers[5])
            say('200 ok')
        elif verb == 'STOR' and target:
            say('150 here')
            time.sleep(0.5)
            say('226 %d bytes' % upload(socket.create_connection(target, 5)))
        elif verb in ('RETR', 'STOR'):
            data, _ = passive.accept()
            say('150 here')
            data = secure(data)
            try:
                download(control, data, argument) if verb == 'RETR' else upload(data)
                say('226 done')
            except OSError:
                say('426 broken')
        elif verb == 'LIST':
            say('150 here')
            time.sleep(1)
            say('425 cannot connect')
        else:
            say({'USER': '331 password', 'PASS': '230 in'}.get(verb, '200 ok'))
    control.close()

server = socket.create_server((host, port))
print('listening', flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
`;

/** What the client does with the data connection it accepts. */
export type Habit = 'half-close' | 'slow-upload' | 'quick-upload' | 'endless' | 'never-served';

/** Prints how the data connection ended and the final reply. */
export const CLIENT_PROGRAM = `
import json, socket, sys, time
host, port, habit = sys.argv[1], int(sys.argv[2]), sys.argv[3]
control = socket.create_connection((host, port), 5)
control.settimeout(15)
replies = control.makefile('rb')

def reply():
    try:
        return replies.readline().decode().strip()
    except OSError:
        return 'nothing'

def ask(line):
    control.sendall((line + '\\r\\n').encode())
    return reply()

reply()
ask('USER u')
ask('PASS p')
own = control.getsockname()[0]
listener = socket.create_server((own, 0))
at = listener.getsockname()[1]
ask('PORT %s,%d,%d' % (own.replace('.', ','), at // 256, at % 256))
verbs = {
    'half-close': 'RETR file',
    'slow-upload': 'STOR file',
    'quick-upload': 'STOR file',
    'endless': 'RETR endless',
}
control.sendall((verbs.get(habit, 'LIST') + '\\r\\n').encode())
data = listener.accept()[0]
data.settimeout(10)
count = 0
try:
    if habit == 'slow-upload':
        for _ in range(30):
            data.sendall(b'y' * 10000)
            time.sleep(0.1)
        data.close()
        outcome = 'sent'
    elif habit == 'quick-upload':
        data.sendall(b'y' * 50000)
        data.close()
        outcome = 'sent'
    else:
        if habit == 'half-close':
            data.shutdown(socket.SHUT_WR)
            time.sleep(0.5)
        while True:
            chunk = data.recv(65536)
            if not chunk:
                break
            count += len(chunk)
        data.close()
        outcome = 'fin'
except socket.timeout:
    outcome = 'open'
except OSError:
    outcome = 'rst'
final = reply()
if final.startswith('1'):
    final = reply()
print(json.dumps({'outcome': outcome, 'bytes': count, 'final': final}))
`;
