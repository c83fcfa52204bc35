/**
 * An expected failure, told to a person and to a program at once.
 * Anything thrown that is not a GangwayError is a defect and is shown with its stack.
 */
export class GangwayError extends Error {
  override readonly name: string = 'GangwayError';
  /** Stable word for programs, for example `port-in-use`. */
  readonly code: string;
  /** What the reader can do about it; a sentence. */
  readonly remedy: string | undefined;
  /** What the process ends with if nobody handles it: 1 failed, 2 wrong usage or configuration. */
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, more: GangwayErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.remedy = more.remedy;
    this.exitCode = more.exitCode ?? 1;
  }
}

export interface GangwayErrorDetails {
  readonly remedy?: string | undefined;
  /** 1 unless told otherwise. */
  readonly exitCode?: 1 | 2;
  /** What was caught. */
  readonly cause?: unknown;
}

/** The text a person sees: message and remedy, without a stack. A defect keeps its stack. */
export function errorText(error: unknown): string {
  if (error instanceof GangwayError) {
    return error.remedy === undefined ? error.message : `${error.message}\n${error.remedy}`;
  }
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/** The system's word for a failure (`EACCES`, `SQLITE_BUSY`), or undefined if there is none. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
