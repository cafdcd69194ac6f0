/** Signing up: a person, with an organization of their own. */
import { PasswordInput, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { api } from '../../app/api.ts';
import { useText } from '../../messages/index.ts';
import { CredentialPage } from './credentials.tsx';

export function SignUp() {
  const { credentials: text } = useText('site');
  const { nav } = useText('common');
  return (
    <CredentialPage
      title={nav.signUp}
      lead={text.signUpLead}
      other={{ question: text.haveAccount, to: '/login', label: nav.logIn }}
      submit={({ email, password, name, organizationName }) =>
        answer(
          api.public.POST('/signup', {
            body: { email: email!, password: password!, name: name!, organizationName: organizationName! },
          }),
        )
      }
    >
      {(complaints) => (
        <>
          <TextInput
            name="name"
            label={text.name}
            autoComplete="name"
            required
            maxLength={100}
            autoFocus
            error={complaints.name}
          />
          <TextInput
            name="organizationName"
            label={text.organization}
            description={text.organizationHint}
            autoComplete="organization"
            required
            maxLength={100}
            error={complaints.organizationName}
          />
          <TextInput
            name="email"
            type="email"
            label={text.email}
            autoComplete="username"
            required
            error={complaints.email}
          />
          <PasswordInput
            name="password"
            label={text.password}
            description={text.passwordHint}
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={200}
            error={complaints.password}
          />
        </>
      )}
    </CredentialPage>
  );
}
