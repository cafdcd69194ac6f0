/** Amounts that people type, as the contract takes them. */
import { parseMicro } from '@muster/common/money';
import { InvalidFields } from './dialog-form.tsx';

/**
 * `1.5` → `1500000`; read exactly, never through floating point.
 *
 * @param hint what the field says when it is no amount
 * @throws InvalidFields
 */
export function amountOf(field: string, typed: string, hint: string): string {
  try {
    return String(parseMicro(typed));
  } catch {
    throw new InvalidFields({ [field]: hint });
  }
}
