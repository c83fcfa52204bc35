import { Socket } from 'node:net';
import { Control, type ControlOptions } from '../../agent/control.ts';
import type { UploadGuard } from '../../agent/upload-guard.ts';
import { Networks } from '../../shared/net/networks.ts';
import { systemTimers } from '../../shared/time.ts';

/** A control connection as an agent knows it, with nobody who guards uploads or hears us unless given. */
export function controlOn(socket = new Socket(), options: Partial<ControlOptions> = {}): Control {
  return new Control(socket, {
    guard: { protect: () => {} } as unknown as UploadGuard,
    timers: systemTimers,
    send: () => {},
    dataHosts: new Networks([]),
    ...options,
  });
}
