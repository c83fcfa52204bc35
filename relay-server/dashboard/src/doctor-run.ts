import { useEffect, useRef } from 'preact/hooks';
import type { DoctorRun } from '../../views/doctor.ts';
import type { ApiError } from './api.ts';
import { at } from './api.ts';
import { useResource } from './resource.ts';

/** Checks take seconds each. */
const LOOK_MS = 1000;

/** A run of the doctor, looked at once a second until it is over, which `onFinish` is told once. */
export function useDoctorRun(
  id: string,
  onFinish?: () => void,
): { readonly run: DoctorRun | undefined; readonly error: ApiError | undefined } {
  const { data, error, reload } = useResource<{ run: DoctorRun }>(at('/doctor', id));
  const run = data?.run;
  const isRunning = run?.result === 'running';
  const wasRunning = useRef(false);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [isRunning, reload]);
  useEffect(() => {
    if (wasRunning.current && !isRunning) onFinish?.();
    wasRunning.current = isRunning;
  }, [isRunning, onFinish]);
  return { run, error };
}
