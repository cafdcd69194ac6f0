/** Logging in. */
import { PasswordInput, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { api } from '../../app/api.ts';
import { useText } from '../../messages/index.ts';
import { CredentialPage } from './credentials.tsx';

export function LogIn() {
  const { credentials: text } = useText('site');
  const { nav } = useText('common');
  return (
    <CredentialPage
      title={nav.logIn}
      other={{ question: text.noAccount, to: '/signup', label: nav.signUp }}
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
    </CredentialPage>
  );
}
