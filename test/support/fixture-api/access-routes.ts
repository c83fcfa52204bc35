import { Type } from 'typebox';
import {
  AuditView,
  BanView,
  LoginView,
  Me,
  TokenView,
  UserView,
} from '../../../relay-server/views/access.ts';
import type { Role } from '../../../relay-server/views/access.ts';
import { pageOf } from '../../../relay-server/views/common.ts';
import { CreatedToken } from '../../../relay-server/views/tunnels.ts';
import { matching, Nothing, pageOfList, refusal, type AddRoute } from './answers.ts';
import { FIXTURE_CODE, FIXTURE_PASSWORD, type FixtureState } from './state.ts';

const QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h1v1H0zM2 0h2v1H2zM1 2h1v2H1zM3 3h1v1H3z"/></svg>';

/** Who may come in: logins, users, tokens, bans and what was changed by whom. */
export function accessRoutes(add: AddRoute, state: FixtureState): void {
  loginRoutes(add, state);
  ownRoutes(add, state);
  add('GET /users', pageOf(UserView), ({ query }) => pageOfList(state.users, query));
  add('POST /users', UserView, ({ body }) => {
    const user: UserView = {
      name: String(body['name']),
      role: body['role'] as Role,
      disabled: false,
      totp: false,
      createdAt: Date.now(),
      lastLoginAt: null,
      revision: 1,
    };
    if (state.users.some(({ name }) => name === user.name)) {
      throw refusal('user-exists', `there is a user ${user.name} already`);
    }
    state.users.push(user);
    return user;
  });
  add('PATCH /users/:name', UserView, ({ params, body }) => {
    const user = state.users.find(({ name }) => name === params['name']);
    if (user === undefined) throw refusal('user-unknown', 'there is no such user');
    const { password: _password, ...changes } = body;
    return Object.assign(user, changes, { revision: user.revision + 1 });
  });
  add('DELETE /users/:name', Nothing, ({ params }) =>
    remove(state.users, ({ name }) => name === params['name']),
  );
  add('GET /tokens', pageOf(TokenView), ({ query }) => pageOfList(state.tokens, query));
  add('POST /tokens', CreatedToken, ({ body }) => {
    const token = { id: `k${state.tokens.length + 1}`, name: String(body['name']) };
    const times = { createdAt: Date.now(), lastUsedAt: null, expiresAt: null };
    state.tokens.push({ ...token, ...times, role: body['role'] as Role });
    return { ...token, token: 'gwt_made-up-token-that-is-shown-once' };
  });
  add('DELETE /tokens/:id', Nothing, ({ params }) =>
    remove(state.tokens, ({ id }) => id === params['id']),
  );
  add('GET /bans', pageOf(BanView), ({ query }) =>
    pageOfList(matching(state.bans, query, ['network', 'tunnel']), query),
  );
  add('POST /bans', BanView, ({ body }) => {
    const network = String(body['network']);
    if (!/^[0-9a-f:.]+(?:\/\d+)?$/i.test(network)) {
      const remedy = 'Write it like 203.0.113.7 or 203.0.113.0/24.';
      throw refusal('ban-invalid', `"${network}" is no address or network`, remedy);
    }
    const ban: BanView = {
      id: `b${state.bans.length + 1}`,
      network,
      tunnel: (body['tunnel'] as string | undefined) ?? null,
      reason: (body['reason'] as string | undefined) ?? '',
      automatic: false,
      createdAt: Date.now(),
      until: (body['until'] as number | undefined) ?? null,
    };
    state.bans.unshift(ban);
    return ban;
  });
  add('DELETE /bans/:id', Nothing, ({ params }) =>
    remove(state.bans, ({ id }) => id === params['id']),
  );
  add('GET /audit', pageOf(AuditView), ({ query }) =>
    pageOfList(matching(state.audit, query, ['actor', 'action', 'target']), query),
  );
}

function loginRoutes(add: AddRoute, state: FixtureState): void {
  add('POST /auth/login', Nothing, ({ body }) => {
    if (body['user'] !== state.me.name || body['password'] !== FIXTURE_PASSWORD) {
      throw refusal('login-refused', 'user or password is wrong');
    }
    if (state.secondFactor && body['code'] === undefined) {
      throw refusal('second-factor-required', 'the code of the second factor is needed');
    }
    if (state.secondFactor && body['code'] !== FIXTURE_CODE) {
      throw refusal('login-refused', 'the code is wrong');
    }
    state.signedIn = true;
  });
  add('POST /auth/refresh', Nothing, () => {
    if (!state.signedIn) throw refusal('unauthorized', 'there is nothing to refresh');
  });
  add('POST /auth/logout', Nothing, () => {
    state.signedIn = false;
  });
  add('GET /auth/me', Type.Object({ me: Me }), () => ({ me: state.me }));
}

function ownRoutes(add: AddRoute, state: FixtureState): void {
  add('POST /auth/password', Nothing, ({ body }) => {
    if (body['current'] !== FIXTURE_PASSWORD) {
      throw refusal('login-refused', 'the present password is wrong');
    }
    state.me = { ...state.me, mustChangePassword: false };
  });
  add('GET /auth/sessions', Type.Object({ items: Type.Array(LoginView) }), () => ({
    items: state.logins,
  }));
  add('DELETE /auth/sessions/:id', Nothing, ({ params }) =>
    remove(state.logins, ({ id }) => id === params['id']),
  );
  add('DELETE /auth/sessions', Nothing, () => {
    state.signedIn = false;
  });
  const Secret = Type.Object({ secret: Type.String(), uri: Type.String(), qr: Type.String() });
  add('POST /auth/totp', Secret, () => ({
    secret: 'JBSWY3DPEHPK3PXP',
    uri: 'otpauth://totp/Gangway:admin?secret=JBSWY3DPEHPK3PXP&issuer=Gangway',
    qr: QR,
  }));
  const Codes = Type.Object({ recoveryCodes: Type.Array(Type.String()) });
  add('POST /auth/totp/confirm', Codes, ({ body }) => {
    if (body['code'] !== FIXTURE_CODE) throw refusal('code-wrong', 'the code is wrong');
    const recoveryCodes = Array.from({ length: 8 }, (_, index) => `made-up-code-${index + 1}`);
    state.me = { ...state.me, totp: true, recoveryCodesLeft: recoveryCodes.length };
    return { recoveryCodes };
  });
  add('POST /auth/totp/disable', Nothing, () => {
    state.me = { ...state.me, totp: false, recoveryCodesLeft: 0 };
  });
}

function remove<T>(list: T[], is: (item: T) => boolean): void {
  const at = list.findIndex(is);
  if (at >= 0) list.splice(at, 1);
}
