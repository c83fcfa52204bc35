import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Bans(): JSX.Element {
  return <Page title="Bans" />;
}
