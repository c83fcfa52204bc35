import { reservePortBlock } from '../support/ports.ts';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import type { FtpServerAnswers } from './programs/ftp-server.ts';

/** The FTP server of the benchmark, in a process of its own. */
export interface BenchServer {
  readonly host: string;
  /** The control port; the data ports follow it. */
  readonly port: number;
  /** All its ports, the control port among them. */
  readonly ports: number;
  readonly program: BenchProgram<FtpServerAnswers>;
  stop(): Promise<void>;
}

/** More than streams at once, so that a port rests before it is used again. */
const DATA_PORTS = 95;

/** Starts it on ports of 127.0.0.1 that nobody else has. */
export async function startBenchServer(): Promise<BenchServer> {
  const block = await reservePortBlock(DATA_PORTS + 1);
  const stop = (): Promise<void> => block.release();
  const server = await startServerAt({ host: '127.0.0.1', port: block.first }).catch(
    async (error) => {
      await stop();
      throw error;
    },
  );
  const stopAll = async (): Promise<void> => {
    await server.stop();
    await stop();
  };
  return { ...server, stop: stopAll };
}

/** Starts it at an address that is free; `within` as in {@link startBenchProgram}. */
export async function startServerAt(
  { host, port }: { host: string; port: number },
  within: readonly string[] = [],
): Promise<BenchServer> {
  const args = [host, port, DATA_PORTS];
  const program = await startBenchProgram<FtpServerAnswers>('ftp-server.ts', { args, within });
  return { host, port, ports: DATA_PORTS + 1, program, stop: () => program.stop() };
}
