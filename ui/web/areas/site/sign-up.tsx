/** Signing up: a person, with an organization of their own. */
import { PasswordInput, Text, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { useAddress } from '../../app/address.ts';
import { api } from '../../app/api.ts';
import { TextLink } from '../../design/links.tsx';
import { Page } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { CredentialForm } from './credentials.tsx';
import classes from './site.module.css';

export function SignUp() {
  const { credentials: text } = useText('site');
  const { nav } = useText('common');
  const [search] = useAddress();
  return (
    <div className={classes.credentials}>
      <Page title={nav.signUp} lead={text.signUpLead}>
        <CredentialForm
          action={nav.signUp}
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
        </CredentialForm>
        <Text>
          {text.haveAccount}{' '}
          <TextLink to="/login" search={search} underline="always">
            {nav.logIn}
          </TextLink>
        </Text>
      </Page>
    </div>
  );
}
