import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Tunnel(): JSX.Element {
  return <Page title="Tunnel" />;
}
