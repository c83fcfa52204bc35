import { whyNoNamespaces } from '../nat/namespaces.ts';
import { ensureDebianPackages, ensureNetworkTools } from '../support/debian.ts';

/**
 * What is not there of what these tests need, a sentence each.
 * @throws Error with CI=true when anything is missing: there nothing is skipped.
 */
export async function missingParts(): Promise<string[]> {
  const provided = [await ensureNetworkTools(), await ensureDebianPackages()];
  const sentences = provided.flatMap((each) => each.missing);
  if (sentences.length > 0) return sentences;
  const why = await whyNoNamespaces();
  if (why === undefined) return [];
  const sentence = `Network namespaces cannot be made here: ${why}.`;
  if (process.env['CI'] === 'true') throw new Error(sentence);
  return [sentence];
}
