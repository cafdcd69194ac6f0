/** Signing up, in and out, and who one is. Passwords and cookies are the gateway's: it answers these itself. */
import { z } from 'zod';
import { route } from '../route.ts';
import { CsrfToken, Login, Me, SignUp } from '../schemas/account.ts';

export const account = {
  signUp: route({
    method: 'post',
    path: '/signup',
    summary: 'Open an organization of your own, and sign in',
    access: { anyone: true },
    body: SignUp,
    answer: Me,
    status: 201,
    errors: ['already_exists'],
    servedBy: 'gateway',
  }),
  login: route({
    method: 'post',
    path: '/login',
    summary: 'Sign in',
    description: 'Sets the session cookie.',
    access: { anyone: true },
    body: Login,
    answer: Me,
    errors: ['unauthenticated'],
    servedBy: 'gateway',
  }),
  logout: route({
    method: 'post',
    path: '/logout',
    summary: 'End this session',
    access: { signedIn: true },
    body: z.strictObject({}),
    errors: [],
    servedBy: 'gateway',
  }),
  csrf: route({
    method: 'get',
    path: '/csrf',
    summary: 'The token that changes made with a cookie must carry',
    access: { anyone: true },
    answer: CsrfToken,
    errors: [],
    servedBy: 'gateway',
  }),
  me: route({
    method: 'get',
    path: '/me',
    summary: 'Who you are to Muster, and what you may do',
    access: { signedIn: true },
    answer: Me,
    errors: [],
  }),
};
