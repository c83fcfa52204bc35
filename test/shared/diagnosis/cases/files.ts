import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const HEALTHY = new Visit().login().download().quit();

/** Findings about files. */
export const FILE_CASES: readonly Case[] = [
  {
    code: 'file-not-found',
    when: 'RETR is refused',
    visit: new Visit()
      .login()
      .passive()
      .arrive()
      .command('RETR', 'report.pdf')
      .end('RETR', { code: 550, bytes: 0, text: 'report.pdf: No such file or directory' })
      .quit(),
    facts: { verb: 'RETR', name: 'report.pdf', code: 550 },
    unless: 'a folder is looked for before it is made',
    healthy: new Visit()
      .login()
      .ask('CWD new', 550, 'new: No such file or directory')
      .ask('MKD new', 257)
      .quit(),
  },
  {
    code: 'file-not-found',
    when: 'curl asks for the size and leaves',
    visit: new Visit().login().ask('SIZE report.pdf', 550, 'Could not get file size.').quit(),
    unless: 'the size is asked for before an upload',
    healthy: new Visit()
      .login()
      .ask('SIZE report.pdf', 550, 'Could not get file size.')
      .passive()
      .arrive()
      .begin('STOR')
      .end('STOR')
      .quit(),
  },
  {
    code: 'permission-denied',
    when: 'the account may not write',
    visit: new Visit().login().ask('DELE report.pdf', 550, 'Permission denied.').quit(),
    facts: { verb: 'DELE' },
    unless: 'the folder is there already',
    healthy: new Visit().login().ask('MKD a', 550, 'a: File exists').quit(),
  },
  {
    code: 'disk-full',
    when: 'the disk is full',
    visit: new Visit()
      .login()
      .passive()
      .arrive()
      .begin('STOR')
      .end('STOR', {
        code: 452,
        text: 'Insufficient storage space.',
        broken: { by: 'server', code: 'aborted', reason: 'Insufficient storage space.' },
      })
      .quit(),
    facts: { verb: 'STOR', code: 452, text: 'Insufficient storage space.' },
    unless: 'the account may not write there',
    healthy: new Visit()
      .login()
      .passive()
      .arrive()
      .command('STOR', 'a')
      .end('STOR', { code: 553, bytes: 0, text: 'Could not create file.' })
      .quit(),
  },
  {
    code: 'disk-full',
    when: 'the quota is used up',
    visit: new Visit().login().ask('STOR a', 552, 'Transfer aborted: disk quota exceeded').quit(),
    unless: 'all is well',
    healthy: HEALTHY,
  },
  {
    code: 'encoding-trouble',
    when: 'a name is no UTF-8',
    visit: new Visit().login().ask('CWD Gesch\ufffdfte', 550, 'Failed to change directory.').quit(),
    facts: { verb: 'CWD' },
    unless: 'it is UTF-8',
    healthy: new Visit().login().ask('RETR Geschäfte', 550, 'No such file.').quit(),
  },
  {
    code: 'encoding-trouble',
    when: 'a name was translated twice',
    visit: new Visit().login().ask('RETR GeschÃ¤fte', 550, 'No such file.').quit(),
    unless: 'the server knows it by that name',
    healthy: new Visit().login().ask('CWD GeschÃ¤fte', 250).quit(),
  },
  {
    code: 'read-only',
    when: 'an upload is refused by the tunnel',
    visit: new Visit().login().refused('STOR a', 550, 'read-only').quit(),
    facts: { verb: 'STOR' },
    unless: 'Explorer asks for the help of SITE',
    healthy: new Visit().login().refused('SITE help', 550, 'read-only').quit(),
  },
];
