/*
 * Calls this project does without; include last in every .c file. Each has a replacement that
 * is bounded, does not allocate behind our back, or does not read the host's databases.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll sscanf strtol strtoul strtoll strtoull
#pragma GCC poison system popen mktemp tmpnam signal basename
#pragma GCC poison getpwnam getpwuid getgrnam getgrgid getlogin

#endif
