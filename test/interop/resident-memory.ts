import { readFileSync } from 'node:fs';

/** How often memory is looked at; a peak shorter than this would not matter to anybody's machine. */
const SAMPLE_MS = 50;

/** Resident memory of a process right now, in bytes. Linux only. @throws Error when it is gone. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no VmRSS`);
  return Number(kilobytes) * 1024;
}

/** Watches the resident memory of a process; `stop` tells the highest value seen, in bytes. */
export function watchResidentMemory(pid: number): { stop(): number } {
  let highest = residentBytes(pid);
  const look = (): void => {
    highest = Math.max(highest, residentBytes(pid));
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return highest;
    },
  };
}
