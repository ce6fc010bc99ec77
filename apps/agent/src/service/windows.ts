import { argumentsOf, type ServiceFacts } from './definition.ts';
import { xmlText } from './xml.ts';

/** As CommandLineToArgvW takes it apart again: backslashes count double only before a quote. */
const argument = (text: string): string => `"${text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
/** LOCAL SERVICE: no password, next to no rights. */
const LOCAL_SERVICE = 'S-1-5-19';

/**
 * A task of the Task Scheduler and not a service: the service manager ends a program that does not speak its protocol,
 * and ours would need native code for it. Started with the machine, and again when it fails.
 */
export function windowsTask(facts: ServiceFacts): string {
  const [command = '', ...rest] = argumentsOf(facts);
  return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Argus agent ${xmlText(facts.agent)} of ${xmlText(facts.tenant)}. Made by argus-agent install-service.</Description>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger>
      <Enabled>true</Enabled>
    </BootTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${xmlText(facts.user ?? LOCAL_SERVICE)}</UserId>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(command)}</Command>
      <Arguments>${xmlText(rest.map(argument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
