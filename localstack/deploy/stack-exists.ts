import { signedHeaders } from '../../shared/adapters/aws-signature.ts';
import { PlatformError } from '../../shared/errors.ts';
import { EMULATOR_KEYS } from './function-settings.ts';
import { EMULATOR_REGION } from './serverless-command.ts';

/**
 * Whether an emulator has a stack of this name that is not deleted.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export async function stackExists(endpoint: string, name: string): Promise<boolean> {
  const url = new URL('/', endpoint);
  const body = new URLSearchParams({
    Action: 'DescribeStacks',
    Version: '2010-05-15',
    StackName: name,
  }).toString();
  const plain = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const headers = signedHeaders(
    { method: 'POST', url, headers: plain, body },
    'cloudformation',
    { region: EMULATOR_REGION, credentials: { ...EMULATOR_KEYS, sessionToken: null } },
    new Date(),
  );
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.ok) return !text.includes('<StackStatus>DELETE_COMPLETE</StackStatus>');
  if (response.status === 400 && text.includes('does not exist')) return false;
  throw new PlatformError(
    'stack_unknown',
    `${endpoint} answered ${response.status} for stack ${name}: ${text}`,
  );
}
