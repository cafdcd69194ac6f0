/** What a draft still lacks before it can be quoted, and at which step that is mended. The rest the API's schema says. */
import { type Draft, isBare } from './draft.ts';
import type { Step } from './use-draft.ts';

export type Lack = 'model' | 'image' | 'name' | 'variables' | 'bounds';

/** As `Slug` of the contract. */
export const isName = (text: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
/** As `Image` of the contract. */
export const isImage = (text: string) => text.length <= 512 && /^[a-z0-9][\w./:@-]*$/i.test(text);
/** As `Environment` of the contract. */
export const isVariableName = (text: string) => /^(?!MUSTER_)[A-Za-z_][A-Za-z0-9_]*$/.test(text);

export function lacksOf(draft: Draft): { lack: Lack; step: Step }[] {
  const { name, image, variables, modelIds, workers, minWorkers, maxWorkers } = draft;
  const lacks: { lack: Lack; step: Step }[] = [];
  if (name !== '' && !isName(name)) lacks.push({ lack: 'name', step: 'kind' });
  if (image !== undefined && !isImage(image)) lacks.push({ lack: 'image', step: 'kind' });
  if (image !== undefined && variables.some((each) => each.name !== '' && !isVariableName(each.name)))
    lacks.push({ lack: 'variables', step: 'kind' });
  if (modelIds.length === 0) lacks.push({ lack: 'model', step: 'processor' });
  if (isBare(draft) && minWorkers !== undefined && maxWorkers !== undefined) {
    if (minWorkers > workers || workers > maxWorkers) lacks.push({ lack: 'bounds', step: 'workers' });
  }
  return lacks;
}
