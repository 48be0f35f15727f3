import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

// A packet socket needs root; Node has none, Python does.
const PROGRAM = `
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
s.bind(('lo', 0))
files = {}
for argument in sys.argv[1:]:
    path, ports = argument.split('=')
    file = open(path, 'wb', buffering=0)
    for port in ports.split(','):
        files[int(port)] = file
print('ready', flush=True)
while True:
    packet = s.recv(1 << 17)[14:]
    if packet[0] >> 4 == 4:
        protocol, tcp = packet[9], packet[(packet[0] & 15) * 4:struct.unpack('!H', packet[2:4])[0] or None]
    else:
        protocol, tcp = packet[6], packet[40:]
    if protocol != 6:
        continue
    source, target = struct.unpack('!HH', tcp[:4])
    file = files.get(source) or files.get(target)
    if file:
        file.write(tcp[(tcp[12] >> 4) * 4:])
`;

/** Keeps every byte that goes over the loopback interface to or from some ports. */
export class LoopbackCapture implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  /** Whether this user may: tries it once. */
  static async possible(): Promise<boolean> {
    if (process.platform !== 'linux') return false;
    const program = PROGRAM.slice(0, PROGRAM.indexOf('files = {}'));
    const child = spawn('python3', ['-c', program], { stdio: 'ignore' });
    const [code] = (await Promise.race([once(child, 'exit'), once(child, 'error')])) as [unknown];
    return code === 0;
  }

  /**
   * @param directory where what is captured goes, a file for each name
   * @param ports by name
   */
  static async start(directory: string, ports: Readonly<Record<string, readonly number[]>>): Promise<LoopbackCapture> {
    const files = Object.entries(ports).map(([name, of]) => `${join(directory, name)}=${of.join(',')}`);
    const child = spawn('python3', ['-c', PROGRAM, ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new LoopbackCapture(child, directory);
  }

  /** What was captured under a name so far. */
  async bytes(name: string): Promise<Buffer> {
    return readFile(join(this.directory, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
