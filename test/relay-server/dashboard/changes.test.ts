import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldChanges } from '../../../relay-server/dashboard/src/changes.ts';

describe('what an audit entry says was changed', () => {
  it('is the fields that differ, by their path, and no others', () => {
    const before = { name: 'shop', policy: { readOnly: false, deny: ['192.0.2.1'] } };
    const after = { name: 'shop', policy: { readOnly: true, deny: ['192.0.2.1'] } };
    assert.deepEqual(fieldChanges(before, after), [
      { field: 'policy.readOnly', before: 'false', after: 'true' },
    ]);
  });

  it('is a list as a whole', () => {
    assert.deepEqual(fieldChanges({ deny: ['a'] }, { deny: ['a', 'b'] }), [
      { field: 'deny', before: '["a"]', after: '["a","b"]' },
    ]);
  });

  it('is everything where something was made or is gone', () => {
    assert.deepEqual(fieldChanges(null, { role: 'viewer', port: 21 }), [
      { field: 'role', before: undefined, after: 'viewer' },
      { field: 'port', before: undefined, after: '21' },
    ]);
    assert.deepEqual(fieldChanges({ role: 'viewer' }, undefined), [
      { field: 'role', before: 'viewer', after: undefined },
    ]);
  });

  it('tells a field that became null from one that is gone', () => {
    assert.deepEqual(fieldChanges({ host: 'ftp.example.org' }, { host: null }), [
      { field: 'host', before: 'ftp.example.org', after: 'null' },
    ]);
  });

  it('is nothing where nothing was kept', () => {
    assert.deepEqual(fieldChanges(null, null), []);
    assert.deepEqual(fieldChanges({ a: 1 }, { a: 1 }), []);
  });

  it('may be no object at all', () => {
    assert.deepEqual(fieldChanges('old', 'new'), [{ field: '', before: 'old', after: 'new' }]);
  });
});
