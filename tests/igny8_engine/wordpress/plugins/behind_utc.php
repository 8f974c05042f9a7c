<?php
// Has the site's clock be three and a half hours behind, as an offset without a name.
add_filter( 'pre_option_timezone_string', static fn() => '' );
add_filter( 'pre_option_gmt_offset', static fn() => -3.5, 99 );
