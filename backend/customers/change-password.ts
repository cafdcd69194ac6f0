/** Changing one's password: whoever else is logged in with the old one is logged out. */
import { type Actor, DomainError } from '@muster/common';
import type { Context } from '@muster/db';
import { hashPassword, matchesPassword } from './passwords.ts';
import { endOtherSessions } from './sessions.ts';

/**
 * Gives the person that acts another password, and ends all of its sessions but the one named. Its API keys stay.
 *
 * @returns the ids of the sessions that ended
 * @throws DomainError `unauthenticated` when the current password is wrong, `invalid_request` when the new one is too short or
 *   too long, `not_found` when the session is not the person's
 */
export async function changePassword(
  context: Context,
  actor: Actor,
  { sessionId, currentPassword, newPassword }: { sessionId: string; currentPassword: string; newPassword: string },
): Promise<string[]> {
  const { db } = context;
  const person = await db.selectFrom('person').select('password_hash').where('id', '=', actor.id).executeTakeFirst();
  const current = person?.password_hash;
  if (!(await matchesPassword(current, currentPassword)) || current === undefined) throw wrongPassword();
  const password_hash = await hashPassword(newPassword);
  return db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('person')
      .set({ password_hash })
      .where('id', '=', actor.id)
      // Of two changes at once, the second no longer knows the current password.
      .where('password_hash', '=', current)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw wrongPassword();
    return endOtherSessions(trx, context, actor, sessionId);
  });
}

const wrongPassword = () => new DomainError('unauthenticated', 'The current password is wrong.');
