import { Type } from 'typebox';
import { ErrorBody } from './errors.ts';

/** What every route may answer besides its own. */
export const failures = { '4xx': ErrorBody, '5xx': ErrorBody };

/** The body of 204. */
export const Done = Type.Null({ description: 'done' });
