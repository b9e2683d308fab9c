#!/usr/bin/env node
process.stdout.write("agentkit: no command is built in yet\n");
