#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#include "cli.h"

#include "base/banned.h"

int cli_print(const char *data, size_t len, struct err *err)
{
	if (fd_write_all(STDOUT_FILENO, data, len) < 0)
		return err_sys(err, "write to standard output");
	return 0;
}

int cli_print_text(const struct str_buf *text, struct err *err)
{
	if (text->failed)
		return err_new(err, -ENOMEM, "cannot print: out of memory");
	return cli_print(text->data != NULL ? text->data : "", text->len, err);
}

int cli_print_json(const struct json_out *out, const char *end, struct err *err)
{
	size_t len = 0;
	const char *text = json_out_text(out, &len);
	int rc;

	if (text == NULL)
		return err_new(err, -ENOMEM, "cannot print: out of memory");
	rc = cli_print(text, len, err);
	if (rc < 0)
		return rc;
	return cli_print(end, strlen(end), err);
}
