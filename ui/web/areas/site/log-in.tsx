/** Logging in. */
import { PasswordInput, Text, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { useAddress } from '../../app/address.ts';
import { api } from '../../app/api.ts';
import { TextLink } from '../../design/links.tsx';
import { Page } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { CredentialForm } from './credentials.tsx';
import classes from './site.module.css';

export function LogIn() {
  const { credentials: text } = useText('site');
  const { nav } = useText('common');
  const [search] = useAddress();
  return (
    <div className={classes.credentials}>
      <Page title={nav.logIn}>
        <CredentialForm
          action={nav.logIn}
          submit={({ email, password }) =>
            answer(api.public.POST('/login', { body: { email: email!, password: password! } }))
          }
        >
          {(complaints) => (
            <>
              <TextInput
                name="email"
                type="email"
                label={text.email}
                autoComplete="username"
                required
                autoFocus
                error={complaints.email}
              />
              <PasswordInput
                name="password"
                label={text.password}
                autoComplete="current-password"
                required
                error={complaints.password}
              />
            </>
          )}
        </CredentialForm>
        <Text>
          {text.noAccount}{' '}
          <TextLink to="/signup" search={search} underline="always">
            {nav.signUp}
          </TextLink>
        </Text>
      </Page>
    </div>
  );
}
