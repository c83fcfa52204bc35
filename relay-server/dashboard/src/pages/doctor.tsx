import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Doctor(): JSX.Element {
  return <Page title="Doctor" />;
}
