import type { JSX } from 'preact';
import type { SettingsView } from '../../../views/settings.ts';
import { queryText } from '../api.ts';
import { formatMoment } from '../format.ts';
import { useResource } from '../resource.ts';
import type { Asked } from './visitor.ts';

interface NothingFoundProps {
  readonly asked: Asked;
  readonly tunnel: string;
  /** Since when was looked, milliseconds since 1970; undefined for as far back as history goes. */
  readonly since: number | undefined;
}

/** What it means that nobody like that was here. */
export function NothingFound({ asked, tunnel, since }: NothingFoundProps): JSX.Element {
  const settings = useResource<{ settings: SettingsView }>('/settings');
  const days = settings.data?.settings.retentionDays;
  const kept = days === undefined ? 'as far back as visits are kept' : `in the last ${days} days`;
  const when = since === undefined ? kept : `since ${formatMoment(since)}`;
  const where = tunnel === '' ? 'the relay' : `the tunnel ${tunnel}`;
  const doctor = <a href={`/doctor${queryText({ tunnel })}`}>Let the doctor look from outside</a>;
  if (asked.address === '') {
    return (
      <div class="nothing-found">
        <h3>
          Nobody has given the user name {asked.user} at {where} {when}
        </h3>
        <p>
          Who fails before he logs in gives no name. Ask him for his address (any page that shows
          “your IP address” does) and look for that, or look through the failures of that time.{' '}
          {doctor}.
        </p>
      </div>
    );
  }
  return (
    <div class="nothing-found">
      <h3>
        Nobody from {asked.address} has reached {where} {when}
      </h3>
      <p>Then his connection ends before the relay, and these are the usual causes:</p>
      <ul>
        <li>
          <strong>The name leads elsewhere.</strong> He uses an old address, or his DNS does not
          know the present one: let him try the IP address.
        </li>
        <li>
          <strong>The wrong port, or SFTP.</strong> His program has to speak FTP to the port of the
          tunnel’s public address.
        </li>
        <li>
          <strong>A firewall in front of the relay,</strong> at the host or at its provider, lets
          nobody or not everybody through. {doctor}.
        </li>
        <li>
          <strong>A firewall on his side</strong> lets no FTP out. Another network, a phone’s for
          one, shows it.
        </li>
        <li>
          <strong>He comes from another address</strong> than he thinks: through a VPN, or by IPv6.
        </li>
      </ul>
    </div>
  );
}
