import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIds, createLogger, readConfig, systemClock } from '@muster/common';
import { verifyPassword } from '@muster/customers';
import type { Context } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { adminListPools } from '@muster/workers';
import { installerConfig } from './config.ts';
import { install } from './install.ts';

let database: TestDatabase;
let context: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  context = { db: database.db, clock: systemClock, ids: createIds(systemClock) };
});
afterAll(() => database.drop());

const log = createLogger('test', 'silent');
const login = { email: 'ops@muster.example', password: 'correct horse battery' };

describe('the installer', () => {
  test('makes schema, catalogue and operator, and run again changes nothing', async () => {
    const config = readConfig(installerConfig, {
      MUSTER_POSTGRES_URL: database.url,
      MUSTER_OPERATOR_EMAIL: login.email,
      MUSTER_OPERATOR_PASSWORD: login.password,
    });
    await install(context, config, log);
    await install(context, config, log);
    await expect(verifyPassword(context, login)).resolves.toBeDefined();
    const organizations = await database.db.selectFrom('organization').select('operator').execute();
    expect(organizations).toEqual([{ operator: true }]);
    expect((await database.db.selectFrom('hardware_model').select('id').execute()).length).toBeGreaterThan(30);
    expect(await adminListPools(context)).toEqual([]);
  });

  test('refuses a weak password and a file that is not there before it touches anything', () => {
    const given = { MUSTER_POSTGRES_URL: 'postgres://nowhere', MUSTER_OPERATOR_PASSWORD: 'short' };
    expect(() => readConfig(installerConfig, given)).toThrow('MUSTER_OPERATOR_PASSWORD');
    const missing = { MUSTER_POSTGRES_URL: 'postgres://nowhere', MUSTER_COMMUNITY_KUBECONFIG_FILE: '/nowhere' };
    expect(() => readConfig(installerConfig, missing)).toThrow('MUSTER_COMMUNITY_KUBECONFIG_FILE');
  });
});
