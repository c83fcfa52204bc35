import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { GangwayError } from '../../../shared/errors.ts';
import { listPage } from '../../admin/list-page.ts';
import {
  type ChangeUser,
  ChangeUserRequest,
  CreateUser,
  UserName,
  UserView,
} from '../../views/access.ts';
import { pageOf, PageQuery } from '../../views/common.ts';
import type { AdminOf } from '../api.ts';
import { Done, failures } from '../answers.ts';

const tags = ['users'];
const UserParams = Type.Object({ name: UserName });
const OneUser = Type.Object({ user: UserView });

/** `/users`: who may log in. Nobody takes his own rights away here, so that somebody keeps them. */
export function userRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Users by name',
      querystring: Type.Object(PageQuery, { additionalProperties: false }),
      response: { 200: pageOf(UserView), ...failures },
    };
    api.get('/users', { schema: list }, async (request) =>
      listPage(await adminOf(request).access.listUsers(), ({ name }) => name, request.query),
    );
    const create = {
      tags,
      summary: 'Make a user, who has to change this password when he first logs in',
      body: CreateUser,
      response: { 201: OneUser, ...failures },
    };
    api.post('/users', { schema: create }, async (request, reply) => {
      const user = await adminOf(request).access.createUser(request.body);
      return reply.code(201).send({ user });
    });
    const change = {
      tags,
      summary: 'Change a user; a new password or being disabled ends his logins',
      params: UserParams,
      body: ChangeUserRequest,
      response: { 200: OneUser, ...failures },
    };
    api.patch('/users/:name', { schema: change }, async (request) => {
      const { revision, ...changes } = request.body;
      const { name } = request.params;
      refuseOwn(request, name, changes);
      const condition = revision === undefined ? {} : { revision };
      return { user: await adminOf(request).access.updateUser(name, changes, condition) };
    });
    const remove = {
      tags,
      summary: 'Delete a user; he is logged out at once',
      params: UserParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/users/:name', { schema: remove }, async (request, reply) => {
      const { name } = request.params;
      if (isSelf(request, name)) throw ownRights('nobody deletes himself');
      await adminOf(request).access.deleteUser(name);
      return reply.code(204).send(null);
    });
  };
}

function isSelf({ principal }: FastifyRequest, name: string): boolean {
  return principal.kind === 'user' && principal.name === name;
}

/** @throws GangwayError `own-rights`, `own-account`. */
function refuseOwn(request: FastifyRequest, name: string, changes: ChangeUser): void {
  if (!isSelf(request, name)) return;
  if (changes.role === 'viewer' || changes.disabled === true)
    throw ownRights('nobody takes his own rights away');
  if (changes.password === undefined && changes.totp === undefined) return;
  throw new GangwayError('own-account', 'your own password and second factor are changed by you', {
    remedy: 'POST /api/v1/auth/password and /api/v1/auth/totp/disable ask for your password.',
  });
}

function ownRights(message: string): GangwayError {
  return new GangwayError('own-rights', message, { remedy: 'Ask another admin to do it.' });
}
