/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"

#include <string.h>

void command_word(struct floe_text *text, const char *word)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
    if (text->n > 0) floe_text_add(text, " ");
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        floe_text_add(text, word);
        return;
    }
    floe_text_add(text, "'");
    for (; *word != '\0'; word++)
        if (*word == '\'')
            floe_text_add(text, "'\\''");
        else
            floe_text_add_n(text, word, 1);
    floe_text_add(text, "'");
}

void command_number(struct floe_text *text, const char *option, uint64_t value)
{
    floe_text_printf(text, " %s %llu", option, (unsigned long long)value);
}
