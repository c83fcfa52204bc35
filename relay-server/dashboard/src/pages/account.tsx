import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Account(): JSX.Element {
  return <Page title="Account" />;
}
