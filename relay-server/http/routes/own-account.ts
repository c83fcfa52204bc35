import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountAccess } from '../../access/account-access.ts';
import { GangwayError } from '../../../shared/errors.ts';
import {
  ChangePassword,
  LoginView,
  Me,
  RecoveryCodes,
  TotpOffer,
  TypedCode,
  TypedPassword,
} from '../../views/access.ts';
import { Done, failures } from '../answers.ts';
import { audited } from '../audited.ts';
import { meView, userOf } from '../own-user.ts';

const tags = ['own account'];
/** One's own account is not administration: viewers have one, too. */
const own = { access: 'viewer' } as const;
const LoginParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** `/auth`: what a user does with his own account. */
export function ownAccountRoutes(access: AccountAccess): FastifyPluginAsyncTypebox {
  return async (api) => {
    const password = {
      tags,
      summary: 'Change your password; it ends your other logins',
      body: ChangePassword,
      response: { 200: Type.Object({ me: Me }), ...failures },
    };
    const config = { ...own, beforePasswordChange: true } as const;
    api.post('/password', { schema: password, config }, async (request) => {
      const user = await userOf(access, request);
      const { current, next } = request.body;
      await access.own.changePassword(user, loginIn(request), current, next);
      await audited(request, { action: 'auth.password', target: user.name });
      return { me: meView(await userOf(access, request)) };
    });
    await api.register(loginRoutes(access));
    await api.register(totpRoutes(access));
  };
}

function loginRoutes(access: AccountAccess): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Browsers you are logged in with, the last used first',
      response: { 200: Type.Object({ items: Type.Array(LoginView) }), ...failures },
    };
    api.get('/sessions', { schema: list, config: own }, async (request) => {
      const user = await userOf(access, request);
      const logins = await access.store.logins.list(user.id);
      const current = loginIn(request);
      return { items: logins.map((login) => ({ ...login, current: login.id === current })) };
    });
    const everywhere = {
      tags,
      summary: 'Log out everywhere, here too',
      response: { 204: Done, ...failures },
    };
    api.delete('/sessions', { schema: everywhere, config: own }, async (request, reply) => {
      const user = await userOf(access, request);
      const logins = await access.store.logins.endAll(user.id);
      await audited(request, { action: 'auth.logout-all', target: user.name, before: { logins } });
      return reply.code(204).send(null);
    });
    const one = {
      tags,
      summary: 'Log out one browser',
      params: LoginParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/sessions/:id', { schema: one, config: own }, async (request, reply) => {
      const user = await userOf(access, request);
      const { id } = request.params;
      if (!(await access.store.logins.end(id, user.id))) throw unknownLogin();
      await audited(request, { action: 'auth.logout', target: user.name, before: { login: id } });
      return reply.code(204).send(null);
    });
  };
}

function totpRoutes(access: AccountAccess): FastifyPluginAsyncTypebox {
  return async (api) => {
    const offer = {
      tags,
      summary: 'Begin with a second factor: a secret for an authenticator app',
      body: TypedPassword,
      response: { 200: TotpOffer, ...failures },
    };
    api.post('/totp', { schema: offer, config: own }, async (request) =>
      access.own.offerTotp(await userOf(access, request), request.body.password),
    );
    const confirm = {
      tags,
      summary: 'Take the second factor into use; answers recovery codes, shown once',
      body: TypedCode,
      response: { 200: RecoveryCodes, ...failures },
    };
    api.post('/totp/confirm', { schema: confirm, config: own }, async (request) => {
      const user = await userOf(access, request);
      const recoveryCodes = await access.own.confirmTotp(user, request.body.code);
      await audited(request, { action: 'auth.totp-enable', target: user.name });
      return { recoveryCodes };
    });
    const disable = {
      tags,
      summary: 'Do without the second factor',
      body: TypedPassword,
      response: { 204: Done, ...failures },
    };
    api.post('/totp/disable', { schema: disable, config: own }, async (request, reply) => {
      const user = await userOf(access, request);
      await access.own.removeTotp(user, request.body.password);
      await audited(request, { action: 'auth.totp-disable', target: user.name });
      return reply.code(204).send(null);
    });
  };
}

/** Id of the login a user makes a request with. */
function loginIn({ principal }: FastifyRequest): string {
  return principal.proof ?? '';
}

function unknownLogin(): GangwayError {
  return new GangwayError('login-unknown', 'you have no such login', {
    remedy: 'GET /api/v1/auth/sessions lists yours.',
  });
}
