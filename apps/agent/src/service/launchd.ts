import { argumentsOf, SMALL_ENV, type ServiceFacts } from './definition.ts';
import { xmlText } from './xml.ts';

const string = (text: string): string => `<string>${xmlText(text)}</string>`;

/** A daemon of the machine, or an agent of whoever signs in. launchd hides nothing from it: what it may touch is what its user may. */
export function launchdPlist(facts: ServiceFacts): string {
  const { user } = facts;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Argus agent ${xmlText(facts.agent)} of ${xmlText(facts.tenant)}. Made by argus-agent install-service. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>com.argus.agent</string>
  <key>ProgramArguments</key>
  <array>
${argumentsOf(facts).map((one) => `    ${string(one)}`).join('\n')}
  </array>
${user === null ? '' : `  <key>UserName</key>\n  ${string(user)}\n`}  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(SMALL_ENV).map(([name, value]) => `    <key>${name}</key>\n    ${string(value)}`).join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>10</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>23</integer>
</dict>
</plist>
`;
}
