/** Long enough, and tried first all the same: a word of these with up to three characters behind it is refused. In small letters. */
export const WORST: readonly string[] = [
  '123456789012', '1234567890123', '12345678901234', '123456789123', '111111111111', '000000000000', '012345678901', '098765432109', '987654321098',
  'password1234', 'password12345', 'password123!', 'passwordpassword', 'password0000', 'passw0rd1234', 'p@ssw0rd1234', 'p@ssword1234', 'mypassword123', 'thisismypassword',
  'qwertyuiop12', 'qwertyuiop123', 'qwertyuiopas', 'qwerty123456', 'qwertyqwerty', 'qwerty12345678', 'asdfghjkl123', 'asdfghjklasdf', 'zxcvbnm12345', '1q2w3e4r5t6y', '1qaz2wsx3edc', 'q1w2e3r4t5y6', 'qazwsxedcrfv',
  'iloveyou1234', 'iloveyouiloveyou', 'letmeinletmein', 'letmein12345', 'welcome12345', 'welcome123456', 'welcomewelcome', 'adminadminadmin', 'administrator', 'admin1234567', 'administrator1', 'rootrootroot',
  'changeme1234', 'changemechangeme', 'changemenow!', 'abcdefghijkl', 'abcdefghijklm', 'abc123abc123', 'abcd12345678', 'abcabcabcabc', 'monkeymonkey', 'dragondragon', 'footballfootball', 'football1234', 'baseball1234',
  'superman1234', 'trustno1trustno1', 'sunshine1234', 'princess1234', 'shadowshadow', 'michaelmichael', 'correcthorsebatterystaple', 'correct horse battery staple', 'argusargusargus', 'argus1234567',
  'testtesttest', 'test12345678', 'testpassword', 'secretsecret', 'secret123456', 'supersecret1', 'default12345', 'guestguestguest', 'temporary123', 'temppassword', 'summer2025!!', 'winter2025!!', 'computer1234',
];
