/** One of a few things chosen on a page, kept in its address. */
import { useParameter } from '../../app/address.ts';

/** @param fallback what holds when the address names none of them; it does not stand there itself */
export function useChoice<Choice extends string>(
  name: string,
  fallback: Choice,
  choices: readonly Choice[],
): [Choice, (choice: string) => void] {
  const [given, set] = useParameter(name);
  const choice = choices.find((each) => each === given) ?? fallback;
  return [choice, (chosen) => set(chosen === fallback ? undefined : chosen)];
}
