<?php
// A security plugin that looks at the user early: WordPress then says by name what is wrong with the password.
add_filter(
	'rest_authentication_errors',
	static function ( $errors ) {
		is_user_logged_in();
		return $errors;
	}
);
