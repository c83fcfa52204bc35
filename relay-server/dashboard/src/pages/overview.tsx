import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Overview(): JSX.Element {
  return <Page title="Overview" />;
}
