import type { Me } from '../../views/access.ts';
import { api, ApiError } from './api.ts';
import { me } from './who.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** Of the second factor, or a recovery code. */
  readonly code?: string;
}

/** Finds out who is signed in. @throws ApiError if the relay does not say. */
export async function recognise(): Promise<void> {
  try {
    me.value = (await api.get<{ me: Me }>('/auth/me')).me;
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown;
    me.value = null;
  }
}

/** @throws ApiError `login-refused`, `second-factor-required` or `too-many-attempts`. */
export async function signIn(credentials: Credentials): Promise<void> {
  await api.post('/auth/login', credentials);
  await recognise();
}

/** Signs out here; a relay that does not answer is told nothing, yet the page forgets who was here. */
export async function signOut(): Promise<void> {
  await api.post('/auth/logout').catch(() => undefined);
  me.value = null;
}
