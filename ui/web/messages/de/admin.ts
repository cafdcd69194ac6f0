/** Texts of the area admin, in German. */
import type { Messages } from '../index.ts';

export const admin: Messages['admin'] = {
  title: 'admin',
};
