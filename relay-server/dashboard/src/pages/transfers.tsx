import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Transfers(): JSX.Element {
  return <Page title="Transfers" />;
}
